WITH named AS (
  SELECT organization, client_id, arg_max(name, (event_time, name)) AS name
  FROM client_name
  WHERE organization = $organization
  GROUP BY ALL
), counted AS (
  SELECT "time"::BIGINT * 60000 AS "time", $organization AS organization, client_id, requests, status200, status300, status400, status500, status429
  FROM (
  SELECT bucket - bucket % $size AS "time", usage.client_id, sum(requests) AS requests, sum(status200) AS status200, sum(status300) AS status300, sum(status400) AS status400, sum(status500) AS status500, sum(status429) AS status429
  FROM (SELECT organization, bucket, client_id, requests, status200, status300, status400, status500, status429 FROM usage_day UNION ALL SELECT organization, bucket, client_id, requests, status200, status300, status400, status500, status429 FROM usage_delta) AS usage
  WHERE usage.organization = $organization AND usage.bucket >= $start AND usage.bucket < $end
  GROUP BY ALL
  )
), totalled AS (
  SELECT "time", coalesce(client_id_value.value, '') AS "clientId", coalesce(named.name, '') AS "clientName", requests, status200, status300, status400, status500, status429
  FROM counted
  LEFT JOIN dimension_value AS client_id_value ON client_id_value.organization = counted.organization AND client_id_value.dimension = 1 AND client_id_value.id = counted.client_id
  LEFT JOIN named ON named.organization = counted.organization AND named.client_id = counted.client_id
), answer AS (
  SELECT "time", "clientId", "clientName", status200::BIGINT AS "status200", status300::BIGINT AS "status300", status400::BIGINT AS "status400", status500::BIGINT AS "status500", status429::BIGINT AS "status429", requests::BIGINT AS "requests"
  FROM totalled
  WHERE requests > 0
)
SELECT "time", "clientId", "clientName", "status200", "status300", "status400", "status500", "status429", "requests"
FROM answer
ORDER BY "time" ASC, "clientId" ASC, "clientName" ASC
