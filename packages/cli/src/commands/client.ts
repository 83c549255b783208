import type { Command } from 'commander'
import { defineCreate } from './client/create.ts'
import { defineDelete } from './client/delete.ts'
import { defineList } from './client/list.ts'
import { defineReset } from './client/reset.ts'
import { defineSecret } from './client/secret.ts'
import { defineShow } from './client/show.ts'
import { defineUpdate } from './client/update.ts'

/** `routemeter client`: OAuth clients, on a server; `reset` on a data folder. */
export function define(command: Command): void {
  command.description('The OAuth clients of your organization.')
  for (const defineOne of [
    defineList,
    defineShow,
    defineCreate,
    defineUpdate,
    defineSecret,
    defineDelete,
    defineReset,
  ]) {
    defineOne(command)
  }
}
