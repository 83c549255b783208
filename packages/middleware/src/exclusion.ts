import type { FinishedCall } from './finished-call.ts'
import type { MeterOptions } from './options.ts'
import { MeterError, type Reports } from './reports.ts'

/** Whether a call is left out. A function that throws leaves nothing out: a call too many shows, a lost one does not. */
export function exclusionOf<Request>(
  exclude: MeterOptions<Request>['exclude'],
  reports: Reports,
): ((call: FinishedCall, request: Request) => boolean) | undefined {
  if (exclude === undefined) return undefined
  if (typeof exclude !== 'function') {
    const methods = new Set((exclude.methods ?? []).map((method) => method.toUpperCase()))
    const paths = (exclude.paths ?? []).map(pathTest)
    return (call) => methods.has(call.method) || paths.some((isExcluded) => isExcluded(call.path))
  }
  return (call, request) => {
    try {
      return exclude(call, request)
    } catch (error) {
      reports.error(new MeterError('callback', 'exclude threw, so the call is counted', { cause: error }))
      return false
    }
  }
}

function pathTest(path: string | RegExp): (path: string) => boolean {
  if (path instanceof RegExp) {
    // A global pattern would go on where it last stopped.
    const pattern = new RegExp(path.source, path.flags.replace(/[gy]/g, ''))
    return (tested) => pattern.test(tested)
  }
  if (!path.endsWith('/*')) return (tested) => tested === path
  const folder = path.slice(0, -1)
  return (tested) => tested.startsWith(folder) || tested === folder.slice(0, -1)
}
