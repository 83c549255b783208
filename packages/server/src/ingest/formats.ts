import { apache } from './sources/apache.ts'
import type { Format } from './sources/format.ts'
import { native } from './sources/native.ts'
import { nginx } from './sources/nginx.ts'

/**
 * Every format of logs that is read, in the order in which a line is tried against them when nobody says its format:
 * the particular ones first. To add one: write its file, list it here, add golden lines.
 */
export const FORMATS: readonly Format[] = [native, apache, nginx]

export function formatNamed(name: string): Format | undefined {
  return FORMATS.find((format) => format.name === name)
}
