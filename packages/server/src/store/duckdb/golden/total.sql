WITH counted AS (
  SELECT $organization AS organization, requests
  FROM (
  SELECT sum(requests) AS requests
  FROM (
  SELECT sum(requests) AS requests
  FROM usage_day AS usage
  WHERE usage.organization = $organization AND usage.bucket >= $start AND usage.bucket < $end
  GROUP BY ALL
    UNION ALL
  SELECT sum(requests) AS requests
  FROM usage_delta AS usage
  WHERE usage.organization = $organization AND usage.bucket >= $start AND usage.bucket < $end
  GROUP BY ALL
  )
  GROUP BY ALL
  )
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
