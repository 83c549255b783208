WITH counted AS (
  SELECT usage.organization, sum(requests) AS requests
  FROM (
    SELECT organization, bucket, requests FROM usage_day
    UNION ALL SELECT organization, bucket, requests FROM usage_delta
  ) AS usage
  WHERE usage.organization = $organization AND usage.bucket >= $start AND usage.bucket < $end
  GROUP BY ALL
), totalled AS (
  SELECT requests
  FROM counted
), answer AS (
  SELECT requests::BIGINT AS "requests"
  FROM totalled
  WHERE requests > 0
)
SELECT "requests"
FROM answer
