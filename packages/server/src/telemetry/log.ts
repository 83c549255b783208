import { type DestinationStream, destination, type Logger, pino, stdSerializers, stdTimeFunctions } from 'pino'
import { hideSecrets } from './hide-secrets.ts'

type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent'

/**
 * The server's log: a JSON object a line on stderr, so that stdout keeps the lines that are meant for people and for
 * scripts (`routemeter listening on …`). Times are RFC 3339 in UTC, levels are words, secrets in a line's fields are
 * hidden.
 * @param stream where the lines go; tests read them.
 */
export function createLog(
  level: LogLevel,
  stream: DestinationStream = destination({ dest: process.stderr.fd, sync: false }),
): Logger {
  return pino(
    {
      level,
      base: undefined,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: hideSecrets },
      serializers: { err: (error: Error) => hideSecrets(stdSerializers.err(error)) },
    },
    stream,
  )
}
