import { Type } from 'typebox'
import { ApiUsageOrganizationQuery } from './api-usage-organization-query.ts'

/**
 * Body of wire endpoint 3, under the platform's name for it: an organization query's fields. Its documentation has no
 * UserId, but SDKs before 2023 share one model and send it.
 */
export const ApiUsageClientQuery = Type.Object({ ...ApiUsageOrganizationQuery.properties })
