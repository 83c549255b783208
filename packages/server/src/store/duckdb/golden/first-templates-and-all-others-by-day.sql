WITH counted AS (
  SELECT "time"::BIGINT * 60000 AS "time", $organization AS organization, template_uri, requests, duration_max_micros
  FROM (
  SELECT bucket - bucket % $size AS "time", usage.template_uri, sum(requests) AS requests, max(duration_max_micros) AS duration_max_micros
  FROM (SELECT organization, bucket, template_uri, requests, duration_max_micros FROM usage_day UNION ALL SELECT organization, bucket, template_uri, requests, duration_max_micros FROM usage_delta) AS usage
  WHERE usage.organization = $organization AND usage.bucket >= $start AND usage.bucket < $end
  GROUP BY ALL
  )
), totalled AS MATERIALIZED (
  SELECT "time", coalesce(template_uri_value.value, '') AS "templateUri", requests, duration_max_micros
  FROM counted
  LEFT JOIN dimension_value AS template_uri_value ON template_uri_value.organization = counted.organization AND template_uri_value.dimension = 3 AND template_uri_value.id = counted.template_uri
), slotted AS (
  SELECT "time"::BIGINT * 60000 AS "time", $organization AS organization, template_uri, slot, calls
  FROM (
  SELECT bucket - bucket % $size AS "time", latency.template_uri, slot AS slot, sum(calls) AS calls
  FROM (SELECT organization, bucket, template_uri, slot, calls FROM latency_day UNION ALL SELECT organization, bucket, template_uri, slot, calls FROM latency_delta) AS latency
  WHERE latency.organization = $organization AND latency.bucket >= $start AND latency.bucket < $end
  GROUP BY ALL
  )
), slots AS (
  SELECT "time", coalesce(template_uri_value.value, '') AS "templateUri", slot, calls
  FROM slotted
  LEFT JOIN dimension_value AS template_uri_value ON template_uri_value.organization = slotted.organization AND template_uri_value.dimension = 3 AND template_uri_value.id = slotted.template_uri
), whole AS (
  SELECT "templateUri", sum(requests) AS requests, max(duration_max_micros) AS duration_max_micros
  FROM totalled
  GROUP BY ALL
), whole_slots AS (
  SELECT "templateUri", slot, sum(calls) AS calls
  FROM slots
  GROUP BY ALL
), reached_percentile_of_whole AS (
  SELECT "templateUri", slot,
    sum(calls) OVER (PARTITION BY "templateUri" ORDER BY slot) AS reached, sum(calls) OVER (PARTITION BY "templateUri") AS calls_of_group
  FROM whole_slots
), percentile_of_whole AS (
  SELECT "templateUri", min(slot) FILTER (reached * 1000000 >= calls_of_group * 950000) AS duration_p95_slot
  FROM reached_percentile_of_whole
  GROUP BY ALL
), first_groups AS MATERIALIZED (
  SELECT "templateUri"
  FROM whole
  LEFT JOIN percentile_of_whole USING ("templateUri")
  WHERE requests > 0
  ORDER BY CASE WHEN duration_p95_slot IS NOT NULL THEN least(CASE WHEN duration_p95_slot < 64 THEN duration_p95_slot ELSE (2 * (duration_p95_slot % 32 + 32) + 1)::BIGINT << (duration_p95_slot // 32 - 2) END, duration_max_micros)::DOUBLE / 1000 END DESC NULLS LAST, "templateUri" ASC
  LIMIT $groups
), folded AS (
  SELECT "time", CASE WHEN is_first THEN "templateUri" ELSE $other END AS "templateUri", is_first IS NULL AS is_other, sum(requests) AS requests, max(duration_max_micros) AS duration_max_micros
  FROM totalled
  LEFT JOIN (SELECT *, true AS is_first FROM first_groups) USING ("templateUri")
  GROUP BY ALL
), folded_slots AS (
  SELECT "time", CASE WHEN is_first THEN "templateUri" ELSE $other END AS "templateUri", is_first IS NULL AS is_other, slot, sum(calls) AS calls
  FROM slots
  LEFT JOIN (SELECT *, true AS is_first FROM first_groups) USING ("templateUri")
  GROUP BY ALL
), reached AS (
  SELECT "time", "templateUri", is_other, slot,
    sum(calls) OVER (PARTITION BY "time", "templateUri", is_other ORDER BY slot) AS reached, sum(calls) OVER (PARTITION BY "time", "templateUri", is_other) AS calls_of_group
  FROM folded_slots
), percentile AS (
  SELECT "time", "templateUri", is_other, min(slot) FILTER (reached * 1000000 >= calls_of_group * 950000) AS duration_p95_slot
  FROM reached
  GROUP BY ALL
), answer AS (
  SELECT "time", "templateUri", is_other, requests::BIGINT AS "requests", CASE WHEN duration_p95_slot IS NOT NULL THEN least(CASE WHEN duration_p95_slot < 64 THEN duration_p95_slot ELSE (2 * (duration_p95_slot % 32 + 32) + 1)::BIGINT << (duration_p95_slot // 32 - 2) END, duration_max_micros)::DOUBLE / 1000 END AS "durationP95"
  FROM folded
  LEFT JOIN percentile USING ("time", "templateUri", is_other)
  WHERE requests > 0
)
SELECT "time", "templateUri", "requests", "durationP95"
FROM answer
ORDER BY "time" ASC NULLS LAST, is_other, "durationP95" DESC NULLS LAST, "templateUri" ASC
