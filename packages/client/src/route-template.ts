/** What a document of route templates is: OpenAPI 2, 3.0 or 3.1 as JSON or YAML, or a template a line. */
export type TemplateDocumentType = 'application/json' | 'application/yaml' | 'text/plain'

/** A route template. Times are RFC 3339. */
export interface RouteTemplate {
  /** Without a leading slash: `api/v2/users/{userId}`. */
  readonly templateUri: string
  readonly dateAdded: string
}

export interface ImportedTemplates {
  /** Templates that are new. */
  readonly added: number
  /** Templates that the organization has now. */
  readonly total: number
}

/** Paths of one shape that no route template fits, as far as they were sampled. */
export interface UnmatchedPath {
  /** The path with what looks like an id as `{id}`. */
  readonly shape: string
  readonly calls: number
  /** How many of the calls were answered 404, and are counted as `(unmatched)`. */
  readonly notFound: number
  /** One of the paths, without a query. */
  readonly example: string
  readonly dateFirstSeen: string
  readonly dateLastSeen: string
}

/** A route template that would fit paths in which many different texts stand at one place. */
export interface SuggestedTemplate {
  readonly templateUri: string
  readonly values: number
  readonly examples: readonly string[]
  readonly calls: number
}

export interface UnmatchedPaths {
  readonly entities: readonly UnmatchedPath[]
  readonly suggestions: readonly SuggestedTemplate[]
}

/** What a call of a path would be counted under. */
export interface ResolvedPath {
  readonly path: string
  readonly templateUri: string
  /** Whether that is a template; else it is the path’s folded shape. */
  readonly matched: boolean
}

export interface MovedShape {
  readonly from: string
  readonly to: string
  readonly calls: number
}

export interface ReResolved {
  /** Calls that were moved. */
  readonly calls: number
  readonly moved: readonly MovedShape[]
  /** Shapes that stay, because some of their paths fit one template and some another. */
  readonly left: readonly string[]
}
