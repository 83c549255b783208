import { EventReject } from '../../domain/event-reject.ts'

/** A line of Envoy's text log: its fields by the names of Istio's JSON, and what stands behind them. */
export interface EnvoyLine {
  readonly fields: Readonly<Record<string, string | undefined>>
  readonly rest: string
}

const START = String.raw`^\[(?<start_time>[^\]]+)\] "(?<request>(?:[^"\\]|\\.)*)" (?<response_code>\d+|-) (?<response_flags>\S+) `
/** Istio's own: why, and what went wrong upstream. */
const ISTIO = String.raw`(?:(?<response_code_details>\S+) (?<connection_termination_details>[^"]+) "(?<upstream_transport_failure_reason>[^"]*)" )?`
const NUMBERS = String.raw`(?<bytes_received>\d+|-) (?<bytes_sent>\d+|-) (?<duration>\d+|-) (?<upstream_service_time>\S+) `
const TEXTS = String.raw`"(?<x_forwarded_for>[^"]*)" "(?<user_agent>(?:[^"\\]|\\.)*)" "(?<request_id>[^"]*)" "(?<authority>[^"]*)" "(?<upstream_host>[^"]*)"(?<rest>.*)$`
const LINE = new RegExp(START + ISTIO + NUMBERS + TEXTS, 's')
/** A line that was cut has at least what a call must have. */
const CUT_LINE = new RegExp(START, 's')

/**
 * Takes a line of the default format of Envoy or Istio apart:
 * `[2016-04-15T20:17:00.310Z] "POST /a HTTP/2" 204 - 154 0 226 100 "10.0.35.28" "agent" "id" "host" "tcp://10.0.2.1:80"`.
 */
export function envoyLine(line: string): EnvoyLine | EventReject {
  const { rest = '', ...fields } = (LINE.exec(line) ?? CUT_LINE.exec(line))?.groups ?? {}
  if (fields.start_time !== undefined) return { fields, rest }
  return new EventReject('bad.request', () => 'The line is not in Envoy’s or Istio’s default log format.')
}
