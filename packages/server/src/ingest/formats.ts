import { apache } from './sources/apache.ts'
import { apacheJson } from './sources/apache-json.ts'
import { apigee } from './sources/apigee.ts'
import { apisix } from './sources/apisix.ts'
import { apitally } from './sources/apitally.ts'
import { awsApiGateway } from './sources/aws-api-gateway.ts'
import { caddy } from './sources/caddy.ts'
import { envoy } from './sources/envoy.ts'
import type { Format } from './sources/format.ts'
import { genericJson } from './sources/generic-json.ts'
import { genericRegex } from './sources/generic-regex.ts'
import { haproxy } from './sources/haproxy.ts'
import { kong } from './sources/kong.ts'
import { cloudEvents, native } from './sources/native.ts'
import { nginx } from './sources/nginx.ts'
import { nginxJson } from './sources/nginx-json.ts'
import { otlp } from './sources/otlp/otlp.ts'
import { traefik } from './sources/traefik.ts'
import { tyk } from './sources/tyk.ts'

/**
 * Every format of logs that is read, in the order in which a line is tried against them when nobody says its format:
 * the particular ones first. To add one: write its file, list it here, add golden lines.
 */
export const FORMATS: readonly Format[] = [
  native,
  cloudEvents,
  otlp,
  kong,
  apisix,
  tyk,
  apitally,
  apigee,
  awsApiGateway,
  envoy,
  traefik,
  caddy,
  haproxy,
  nginxJson,
  apacheJson,
  apache,
  nginx,
  genericJson,
  genericRegex,
]

export function formatNamed(name: string): Format | undefined {
  return FORMATS.find((format) => format.name === name)
}
