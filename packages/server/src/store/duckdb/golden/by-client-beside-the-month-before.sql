WITH period AS MATERIALIZED (
  SELECT bucket, least(run.start + (instant - run.start) // run.step * run.step, run.last) AS start
  FROM (
    SELECT bucket::INTEGER AS bucket, greatest(bucket * 60000, $firstInstant) AS instant
    FROM range($firstBucket, $lastBucket, 1440) AS each(bucket)
  )
  ASOF JOIN (
    SELECT unnest($periodFrom) AS "from", unnest($periodStart) AS start,
      unnest($periodStep) AS step, unnest($periodLast) AS last
  ) AS run ON instant >= run."from"
), counted AS (
  SELECT "time", $organization AS organization, client_id, requests
  FROM (
  SELECT period.start AS "time", usage.client_id, sum(requests) AS requests
  FROM (SELECT organization, bucket, client_id, requests FROM usage_day UNION ALL SELECT organization, bucket, client_id, requests FROM usage_delta) AS usage
  JOIN period ON period.bucket = usage.bucket - usage.bucket % 1440
  WHERE usage.organization = $organization AND usage.bucket >= $start AND usage.bucket < $end
  GROUP BY ALL
  )
), totalled AS MATERIALIZED (
  SELECT "time", coalesce(client_id_value.value, '') AS "clientId", requests
  FROM counted
  LEFT JOIN dimension_value AS client_id_value ON client_id_value.organization = counted.organization AND client_id_value.dimension = 1 AND client_id_value.id = counted.client_id
), whole AS (
  SELECT "clientId", sum(requests) AS requests
  FROM totalled
  WHERE "time" >= -562949953421312
  GROUP BY ALL
), first_groups AS MATERIALIZED (
  SELECT "clientId"
  FROM whole
  WHERE requests > 0
  ORDER BY "clientId" ASC
  LIMIT $groups
), folded AS (
  FROM totalled
  SEMI JOIN first_groups USING ("clientId")
), answer AS MATERIALIZED (
  SELECT "time", "clientId", requests::BIGINT AS "requests"
  FROM folded
  WHERE requests > 0
), compared AS (
  SELECT answer."time", answer."clientId", answer."requests", coalesce(earlier."requests", 0) AS "previous.requests"
  FROM answer
  LEFT JOIN (SELECT unnest($pairTime) AS "time", unnest($pairBefore) AS before) AS pair ON pair."time" = answer."time"
  LEFT JOIN answer AS earlier ON earlier."time" = pair.before AND earlier."clientId" = answer."clientId"
  WHERE answer."time" >= -562949953421312
)
SELECT "clientId", "requests", "previous.requests"
FROM compared
ORDER BY "clientId" ASC
