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
  SELECT "time", $organization AS organization, requests, status200, status300, status400, status429, status500
  FROM (
  SELECT period.start AS "time", sum(requests) AS requests, sum(status200) AS status200, sum(status300) AS status300, sum(status400) AS status400, sum(status429) AS status429, sum(status500) AS status500
  FROM (SELECT organization, bucket, requests, status200, status300, status400, status429, status500 FROM usage_fine UNION ALL SELECT organization, bucket, requests, status200, status300, status400, status429, status500 FROM usage_delta) AS usage
  JOIN period ON period.bucket = usage.bucket - usage.bucket % 15
  WHERE usage.organization = $organization AND usage.bucket >= $start AND usage.bucket < $end
  GROUP BY ALL
  )
), spread AS (
  FROM (
  SELECT "time", organization, name AS "statusClass", CASE name WHEN '2xx' THEN status200 WHEN '3xx' THEN status300 WHEN '4xx' THEN status400 WHEN '5xx' THEN status500 ELSE requests - status200 - status300 - status400 - status500 END AS requests, CASE WHEN name = '2xx' THEN status200 ELSE 0 END AS status200, CASE WHEN name = '3xx' THEN status300 ELSE 0 END AS status300, CASE WHEN name = '4xx' THEN status400 ELSE 0 END AS status400, CASE WHEN name = '4xx' THEN status429 ELSE 0 END AS status429, CASE WHEN name = '5xx' THEN status500 ELSE 0 END AS status500
  FROM counted, (VALUES ('1xx'), ('2xx'), ('3xx'), ('4xx'), ('5xx')) AS class(name)
  )
  WHERE requests > 0
), totalled AS (
  SELECT "time", spread."statusClass", requests, status200, status300, status400, status429, status500
  FROM spread
), answer AS (
  SELECT "time", "statusClass", requests::BIGINT AS "requests"
  FROM totalled
  WHERE requests > 0
)
SELECT "time", "statusClass", "requests"
FROM answer
ORDER BY "time" ASC, "statusClass" ASC
