import { Type } from 'typebox'

/** What every submitted query of the older endpoints answers. */
export const UsageExecutionResult = Type.Object({
  executionId: Type.String({ format: 'uuid' }),
  resultsUri: Type.String({ description: 'Where the result will be, relative to the server.' }),
})
