import { PathResolver } from './path-resolver.ts'
import { normalizeTemplate } from './template-syntax.ts'
import { UnmatchedPaths } from './unmatched-paths.ts'

/** About 140 MB of tries. */
const MOST_TEMPLATES = 250_000

/** Every organization's route templates, ready to resolve paths. */
export interface TemplateResolver {
  /** The organization's own resolver; loaded when it is first asked for, then at hand. */
  of(organizationId: string): Promise<PathResolver>
  /** The organization's templates as they are kept, for a resolver elsewhere. */
  templatesOf(organizationId: string): Promise<readonly string[]>
  /** How often the organization's templates have changed: what was made of an earlier version is to be made anew. */
  version(organizationId: string): number
  /** Whether `/Users` is another path than `/users`. */
  readonly caseSensitivePaths: boolean
  /** What no template fitted, of all organizations. */
  readonly unmatched: UnmatchedPaths
  /** The organization's templates have changed: whoever asks from now on gets the new ones. */
  refresh(organizationId: string): void
}

export interface TemplateResolverOptions {
  /** The templates of an organization, in any of the syntaxes of `normalizeTemplate` and any order. */
  templatesOf(organizationId: string): Promise<readonly string[]>
  /** How many templates stay in memory, of all organizations; past it those longest unused are loaded again. */
  readonly mostTemplates?: number
  /** Whether `/Users` is another path than `/users`; it is by default. */
  readonly caseSensitivePaths?: boolean
}

export function createTemplateResolver(options: TemplateResolverOptions): TemplateResolver {
  const { templatesOf, mostTemplates = MOST_TEMPLATES, caseSensitivePaths = true } = options
  // In the order of their last use.
  const loaded = new Map<string, Loaded>()
  const versions = new Map<string, number>()
  const unmatched = new UnmatchedPaths()

  function load(organizationId: string): Loaded {
    const entry: Loaded = {
      weight: 1,
      resolver: templatesOf(organizationId).then(
        (templates) => {
          entry.weight += templates.length
          forgetLongestUnused(loaded, organizationId, mostTemplates)
          const sample = unmatched.sampleOf(organizationId)
          return new PathResolver(templates.map(normalizeTemplate), { caseSensitivePaths, sample })
        },
        (error: unknown) => {
          if (loaded.get(organizationId) === entry) loaded.delete(organizationId)
          throw error
        },
      ),
    }
    return entry
  }

  return {
    of(organizationId) {
      const entry = loaded.get(organizationId) ?? load(organizationId)
      loaded.delete(organizationId)
      loaded.set(organizationId, entry)
      return entry.resolver
    },
    templatesOf,
    caseSensitivePaths,
    unmatched,
    version: (organizationId) => versions.get(organizationId) ?? 0,
    refresh(organizationId) {
      versions.set(organizationId, (versions.get(organizationId) ?? 0) + 1)
      loaded.delete(organizationId)
    },
  }
}

interface Loaded {
  weight: number
  readonly resolver: Promise<PathResolver>
}

function forgetLongestUnused(loaded: Map<string, Loaded>, kept: string, most: number): void {
  let weight = 0
  for (const entry of loaded.values()) weight += entry.weight
  for (const [organizationId, entry] of loaded) {
    if (weight <= most) return
    if (organizationId === kept) continue
    loaded.delete(organizationId)
    weight -= entry.weight
  }
}
