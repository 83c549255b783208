/** What a caller may be allowed to do: the platform's own permissions, then ours (api.md §2, decisions.md 20). */
export const PERMISSIONS = {
  'oauth:client:view': 'see OAuth clients and ingest keys, and query usage',
  'oauth:client:add': 'make OAuth clients and ingest keys',
  'oauth:client:edit': 'change OAuth clients and renew their secrets',
  'oauth:client:delete': 'remove OAuth clients and ingest keys',
  'usage:organization:view': 'query the calls made in the organization',
  'usage:client:view': 'query the calls made by the organization’s own clients',
  'usage:simpleSearch:view': 'search usage rows',
  'usage:event:add': 'send usage events of the own organization',
  'usage:template:view': 'see route templates and unmatched paths',
  'usage:template:edit': 'import and remove route templates',
  'usage:alert:view': 'see alert rules',
  'usage:alert:edit': 'change alert rules',
  'usage:data:export': 'export usage',
  'usage:data:delete': 'erase usage',
  'platform:admin': 'all of it, for every organization',
} as const

export type Permission = keyof typeof PERMISSIONS

export const ALL_PERMISSIONS = Object.keys(PERMISSIONS) as readonly Permission[]

/** Everything but the platform's administration: what a new organization's own administrator holds. */
export const ORGANIZATION_PERMISSIONS: readonly Permission[] = ALL_PERMISSIONS.filter(
  (name) => name !== 'platform:admin',
)

/** The harmless ones: what a new client gets when nobody says what it may (api.md §2). */
export const VIEWING_PERMISSIONS: readonly Permission[] = ALL_PERMISSIONS.filter((name) => name.endsWith(':view'))

export function isPermission(name: string): name is Permission {
  return Object.hasOwn(PERMISSIONS, name)
}
