import type { Command } from 'commander'
import { defineDelete } from './template/delete.ts'
import { defineImport } from './template/import.ts'
import { defineList } from './template/list.ts'
import { defineReResolve } from './template/re-resolve.ts'
import { defineTry } from './template/try.ts'
import { defineUnmatched } from './template/unmatched.ts'

/** `routemeter template`: what paths are counted under. */
export function define(command: Command): void {
  command.description('The route templates of your organization: what paths are counted under.')
  for (const defineOne of [defineImport, defineList, defineUnmatched, defineTry, defineReResolve, defineDelete]) {
    defineOne(command)
  }
}
