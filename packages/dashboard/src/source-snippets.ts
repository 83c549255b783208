/** What a configuration is made for. */
export interface SourceTarget {
  /** This server's address. */
  readonly url: string
  readonly key: string
}

export interface SourceStep {
  readonly title: string
  readonly text: string
}

export interface Gateway {
  readonly name: string
  readonly title: string
  steps(target: SourceTarget): readonly SourceStep[]
}

const json = (value: object) => JSON.stringify(value, null, 2)

/** Reads a log file and sends it on with an ingest key. */
function shipping({ url, key }: SourceTarget, file: string, format: string): SourceStep {
  const text = `curl -H 'X-Api-Key: ${key}' --data-binary @${file} \\\n  ${url}/v1/sources/${format}`
  return { title: 'Send what it has written', text }
}

const FOLLOW = (file: string, format: string, { url }: SourceTarget): SourceStep => ({
  title: 'Or follow the file (with the id and secret of a client that may usage:event:add)',
  text: `ROUTEMETER_URL=${url} ROUTEMETER_CLIENT_ID=… ROUTEMETER_CLIENT_SECRET=… \\\n  npx routemeter ingest ${file} --format ${format} --follow`,
})

function logged(name: string, title: string, file: string, format: string, config: string): Gateway {
  const first = { title: `Configure ${title}`, text: config }
  return { name, title, steps: (target) => [first, shipping(target, file, format), FOLLOW(file, format, target)] }
}

/** Each is explained in docs/sources.md. To add one: list it here. */
export const GATEWAYS: readonly [Gateway, ...Gateway[]] = [
  {
    name: 'curl',
    title: 'Any program (curl)',
    steps: ({ url, key }) => [
      {
        title: 'Send an event',
        text: `curl ${url}/v1/events \\\n  -H 'X-Api-Key: ${key}' \\\n  -H 'Content-Type: application/x-ndjson' \\\n  -d '{"id":"first-1","time":'$(date +%s)000',"clientId":"me","method":"GET","path":"/hello","status":200}'`,
      },
    ],
  },
  {
    name: 'node',
    title: 'Express, Fastify, Hono, Koa',
    steps: ({ url, key }) => [
      { title: 'Set', text: `export ROUTEMETER_URL=${url} ROUTEMETER_INGEST_KEY=${key}` },
      {
        title: 'Add the middleware first',
        text: `import { routemeter } from '@routemeter/middleware/express'\n\nconst meter = routemeter({ clientId: (request) => request.get('x-client-id') })\napp.use(meter)`,
      },
    ],
  },
  {
    name: 'otlp',
    title: 'OpenTelemetry',
    steps: ({ url, key }) => [
      {
        title: 'Set where spans go',
        text: `export OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=${url}/v1/traces\nexport OTEL_EXPORTER_OTLP_TRACES_HEADERS="x-api-key=${key}"`,
      },
    ],
  },
  {
    name: 'kong',
    title: 'Kong',
    steps: ({ url, key }) => [
      {
        title: 'Add the plugin',
        text: `plugins:\n- name: http-log\n  config:\n    http_endpoint: ${url}/v1/sources/kong\n    headers: { X-Api-Key: ${key} }\n    queue: { max_batch_size: 200 }`,
      },
    ],
  },
  {
    name: 'apisix',
    title: 'APISIX',
    steps: ({ url, key }) => [
      {
        title: 'Add the plugins',
        text: json({
          'http-logger': { uri: `${url}/v1/sources/apisix`, auth_header: `Bearer ${key}`, batch_max_size: 200 },
          'request-id': { header_name: 'X-Request-Id' },
        }),
      },
    ],
  },
  logged(
    'nginx',
    'nginx',
    '/var/log/nginx/routemeter.log',
    'nginx-json',
    `map $request_uri $routemeter_path {\n  "~^(?<routemeter_before_query>[^?]*)" $routemeter_before_query;\n}\nlog_format routemeter escape=json\n  '{"id":"$request_id","ts":$msec,"client":"$http_x_client_id","user":"$remote_user",'\n  '"m":"$request_method","uri":"$routemeter_path","st":$status,"rt":$request_time,'\n  '"in":$request_length,"out":$bytes_sent}';\naccess_log /var/log/nginx/routemeter.log routemeter;`,
  ),
  logged(
    'caddy',
    'Caddy',
    '/var/log/caddy/routemeter.log',
    'caddy',
    `log {\n\toutput file /var/log/caddy/routemeter.log\n\tformat filter {\n\t\twrap json\n\t\tfields {\n\t\t\trequest>uri regexp "[?].*" ""\n\t\t}\n\t}\n}\nheader X-Request-Id {http.request.uuid}`,
  ),
  logged(
    'traefik',
    'Traefik',
    '/var/log/traefik/access.log',
    'traefik',
    `accessLog:\n  filePath: /var/log/traefik/access.log\n  format: json\n  fields:\n    headers:\n      names: { X-Client-Id: keep, X-Request-Id: keep }`,
  ),
  logged(
    'haproxy',
    'HAProxy',
    '/var/log/haproxy.log',
    'haproxy',
    `frontend api\n  unique-id-format %{+X}o%ci:%cp_%fi:%fp_%Ts_%rt:%pid\n  log-format "%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc %ac/%fc/%bc/%sc/%rc %sq/%bq %hr %hs %{+Q}r id=%ID"\n  http-request set-var(txn.client) req.hdr(x-client-id)\n  http-request capture var(txn.client) len 256`,
  ),
  logged(
    'apache',
    'Apache',
    '/var/log/apache2/routemeter.log',
    'apache-json',
    `SetEnvIfExpr "%{THE_REQUEST} =~ m#^\\S+ ([^? ]*)#" routemeter_path=$1\nLogFormat "{\\"id\\":\\"%{UNIQUE_ID}e\\",\\"time\\":\\"%{%Y-%m-%dT%H:%M:%S}t.%{msec_frac}t%{%z}t\\",\\"client\\":\\"%{X-Client-Id}i\\",\\"user\\":\\"%u\\",\\"method\\":\\"%m\\",\\"path\\":\\"%{routemeter_path}e\\",\\"status\\":%>s,\\"us\\":%D,\\"in\\":%I,\\"out\\":%O}" routemeter\nCustomLog /var/log/apache2/routemeter.log routemeter`,
  ),
]
