WITH counted AS (
  SELECT organization, template_uri, requests, duration_micros, duration_count, duration_max_micros, request_bytes
  FROM (
  SELECT organization, template_uri, sum(requests) AS requests, sum(duration_micros) AS duration_micros, sum(duration_count) AS duration_count, max(duration_max_micros) AS duration_max_micros, sum(request_bytes) AS request_bytes
  FROM (
  SELECT usage.organization, usage.template_uri, sum(requests) AS requests, sum(duration_micros) + sum(duration_micros_high) * 4294967296 AS duration_micros, sum(duration_count) AS duration_count, max(duration_max_micros) AS duration_max_micros, sum(request_bytes) + sum(request_bytes_high) * 4294967296 AS request_bytes
  FROM usage_day AS usage
  WHERE usage.organization IN (SELECT unnest($organizations)) AND usage.bucket >= $start AND usage.bucket < $end
  GROUP BY ALL
    UNION ALL
  SELECT usage.organization, usage.template_uri, sum(requests) AS requests, sum(duration_micros) + sum(duration_micros_high) * 4294967296 AS duration_micros, sum(duration_count) AS duration_count, max(duration_max_micros) AS duration_max_micros, sum(request_bytes) + sum(request_bytes_high) * 4294967296 AS request_bytes
  FROM usage_delta AS usage
  WHERE usage.organization IN (SELECT unnest($organizations)) AND usage.bucket >= $start AND usage.bucket < $end
  GROUP BY ALL
  )
  GROUP BY ALL
  )
), totalled AS (
  SELECT coalesce(template_uri_value.value, '') AS "templateUri", sum(requests) AS requests, sum(duration_micros) AS duration_micros, sum(duration_count) AS duration_count, max(duration_max_micros) AS duration_max_micros, sum(request_bytes) AS request_bytes
  FROM counted
  LEFT JOIN dimension_value AS template_uri_value ON template_uri_value.organization = counted.organization AND template_uri_value.dimension = 3 AND template_uri_value.id = counted.template_uri
  GROUP BY ALL
), slotted AS (
  SELECT organization, template_uri, slot, calls
  FROM (
  SELECT organization, template_uri, slot AS slot, sum(calls) AS calls
  FROM (
  SELECT latency.organization, latency.template_uri, slot AS slot, sum(calls) AS calls
  FROM latency_day AS latency
  WHERE latency.organization IN (SELECT unnest($organizations)) AND latency.bucket >= $start AND latency.bucket < $end
  GROUP BY ALL
    UNION ALL
  SELECT latency.organization, latency.template_uri, slot AS slot, sum(calls) AS calls
  FROM latency_delta AS latency
  WHERE latency.organization IN (SELECT unnest($organizations)) AND latency.bucket >= $start AND latency.bucket < $end
  GROUP BY ALL
  )
  GROUP BY ALL
  )
), slots AS (
  SELECT coalesce(template_uri_value.value, '') AS "templateUri", slot, sum(calls) AS calls
  FROM slotted
  LEFT JOIN dimension_value AS template_uri_value ON template_uri_value.organization = slotted.organization AND template_uri_value.dimension = 3 AND template_uri_value.id = slotted.template_uri
  GROUP BY ALL
), reached AS (
  SELECT "templateUri", slot,
    sum(calls) OVER (PARTITION BY "templateUri" ORDER BY slot) AS reached, sum(calls) OVER (PARTITION BY "templateUri") AS calls_of_group
  FROM slots
), percentile AS (
  SELECT "templateUri", min(slot) FILTER (reached * 1000000 >= calls_of_group * 950000) AS duration_p95_slot
  FROM reached
  GROUP BY ALL
), answer AS (
  SELECT "templateUri", (duration_micros)::DOUBLE / nullif((duration_count * 1000), 0)::DOUBLE AS "durationAvg", CASE WHEN duration_p95_slot IS NOT NULL THEN least(CASE WHEN duration_p95_slot < 64 THEN duration_p95_slot ELSE (2 * (duration_p95_slot % 32 + 32) + 1)::BIGINT << (duration_p95_slot // 32 - 2) END, duration_max_micros)::DOUBLE / 1000 END AS "durationP95", duration_max_micros::DOUBLE / 1000 AS "durationMax", request_bytes AS "requestBytes"
  FROM totalled
  LEFT JOIN percentile USING ("templateUri")
  WHERE requests > 0
)
SELECT "templateUri", "durationAvg", "durationP95", "durationMax", "requestBytes"
FROM answer
ORDER BY "templateUri" ASC
