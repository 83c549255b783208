WITH period AS MATERIALIZED (
  SELECT bucket, least(run.start + (instant - run.start) // run.step * run.step, run.last) AS start
  FROM (
    SELECT bucket::INTEGER AS bucket, greatest(bucket * 60000, $firstInstant) AS instant
    FROM range($firstBucket, $lastBucket, 15) AS each(bucket)
  )
  ASOF JOIN (
    SELECT unnest($periodFrom) AS "from", unnest($periodStart) AS start,
      unnest($periodStep) AS step, unnest($periodLast) AS last
  ) AS run ON instant >= run."from"
), counted AS (
  SELECT "time", $organization AS organization, user_id, requests
  FROM (
  SELECT period.start AS "time", usage.user_id, sum(requests) AS requests
  FROM (SELECT organization, bucket, user_id, template_uri, client_id, requests FROM usage_fine UNION ALL SELECT organization, bucket, user_id, template_uri, client_id, requests FROM usage_delta) AS usage
  JOIN period ON period.bucket = usage.bucket - usage.bucket % 15
  WHERE usage.organization = $organization AND usage.bucket >= $start AND usage.bucket < $end AND template_uri IN (SELECT template_uri FROM (SELECT organization, id AS template_uri FROM dimension_value WHERE organization = $organization AND dimension = 3 AND value IN (SELECT unnest($templateUri)))) AND client_id IN (SELECT client_id FROM (SELECT organization, id AS client_id FROM dimension_value WHERE organization = $organization AND dimension = 1 AND value IN (SELECT unnest($clientId)) UNION ALL SELECT unnest($organizations) AS organization, 0 AS client_id))
  GROUP BY ALL
  )
), totalled AS (
  SELECT "time", coalesce(user_id_value.value, '') AS "userId", requests
  FROM counted
  LEFT JOIN dimension_value AS user_id_value ON user_id_value.organization = counted.organization AND user_id_value.dimension = 2 AND user_id_value.id = counted.user_id
), answer AS (
  SELECT "time", "userId", requests::BIGINT AS "requests"
  FROM totalled
  WHERE requests > 0
)
SELECT "time", "userId", "requests"
FROM answer
ORDER BY "requests" DESC NULLS LAST, "time" ASC, "userId" ASC
LIMIT $maxRows
