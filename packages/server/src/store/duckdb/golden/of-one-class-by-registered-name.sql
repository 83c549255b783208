WITH registered AS (
  SELECT client.organization, client.id AS client_id, listed.name
  FROM (SELECT unnest($nameOrganization) AS organization, unnest($nameClient) AS client, unnest($name) AS name) AS listed
  JOIN dimension_value AS client ON client.organization = listed.organization AND client.value = listed.client
  WHERE client.dimension = 1
), given AS (
  SELECT organization, client_id, arg_max(name, (event_time, name)) AS name
  FROM client_name
  WHERE organization IN (SELECT unnest($organizations))
  GROUP BY ALL
), named AS (
  SELECT organization, client_id, coalesce(registered.name, given.name) AS name
  FROM registered FULL JOIN given USING (organization, client_id)
), counted AS (
  SELECT organization, client_id, requests, status200, status300, status400, status429, status500
  FROM (
  SELECT organization, client_id, sum(requests) AS requests, sum(status200) AS status200, sum(status300) AS status300, sum(status400) AS status400, sum(status429) AS status429, sum(status500) AS status500
  FROM (
  SELECT usage.organization, usage.client_id, sum(requests) AS requests, sum(status200) AS status200, sum(status300) AS status300, sum(status400) AS status400, sum(status429) AS status429, sum(status500) AS status500
  FROM usage_day AS usage
  SEMI JOIN (SELECT organization, client_id FROM (SELECT organization, id AS client_id FROM dimension_value WHERE organization IN (SELECT unnest($organizations)) AND dimension = 1 UNION ALL SELECT unnest($organizations) AS organization, 0 AS client_id) LEFT JOIN named USING (organization, client_id) WHERE coalesce(name, '') IN (SELECT unnest($clientName))) USING (organization, client_id)
  WHERE usage.organization IN (SELECT unnest($organizations)) AND usage.bucket >= $start AND usage.bucket < $end
  GROUP BY ALL
    UNION ALL
  SELECT usage.organization, usage.client_id, sum(requests) AS requests, sum(status200) AS status200, sum(status300) AS status300, sum(status400) AS status400, sum(status429) AS status429, sum(status500) AS status500
  FROM usage_delta AS usage
  SEMI JOIN (SELECT organization, client_id FROM (SELECT organization, id AS client_id FROM dimension_value WHERE organization IN (SELECT unnest($organizations)) AND dimension = 1 UNION ALL SELECT unnest($organizations) AS organization, 0 AS client_id) LEFT JOIN named USING (organization, client_id) WHERE coalesce(name, '') IN (SELECT unnest($clientName))) USING (organization, client_id)
  WHERE usage.organization IN (SELECT unnest($organizations)) AND usage.bucket >= $start AND usage.bucket < $end
  GROUP BY ALL
  )
  GROUP BY ALL
  )
), spread AS (
  FROM (
  SELECT organization, client_id, name AS "statusClass", CASE name WHEN '2xx' THEN status200 WHEN '3xx' THEN status300 WHEN '4xx' THEN status400 WHEN '5xx' THEN status500 ELSE requests - status200 - status300 - status400 - status500 END AS requests, CASE WHEN name = '2xx' THEN status200 ELSE 0 END AS status200, CASE WHEN name = '3xx' THEN status300 ELSE 0 END AS status300, CASE WHEN name = '4xx' THEN status400 ELSE 0 END AS status400, CASE WHEN name = '4xx' THEN status429 ELSE 0 END AS status429, CASE WHEN name = '5xx' THEN status500 ELSE 0 END AS status500
  FROM counted, (VALUES ('1xx'), ('2xx'), ('3xx'), ('4xx'), ('5xx')) AS class(name)
  WHERE name IN (SELECT unnest($statusClass))
  )
  WHERE requests > 0
), totalled AS (
  SELECT coalesce(named.name, '') AS "clientName", sum(requests) AS requests, sum(status200) AS status200, sum(status300) AS status300, sum(status400) AS status400, sum(status429) AS status429, sum(status500) AS status500
  FROM spread
  LEFT JOIN named ON named.organization = spread.organization AND named.client_id = spread.client_id
  GROUP BY ALL
), answer AS (
  SELECT "clientName", requests::BIGINT AS "requests", (status400 + status500)::DOUBLE / nullif(requests, 0)::DOUBLE AS "errorRate"
  FROM totalled
  WHERE requests > 0
)
SELECT "clientName", "requests", "errorRate"
FROM answer
ORDER BY "clientName" ASC
