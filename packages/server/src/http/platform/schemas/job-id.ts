import { Type } from 'typebox'

export const JobId = Type.String({ format: 'uuid', description: 'What submitting the job answered.' })
