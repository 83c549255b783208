/** A route as Express's router keeps it, in versions 4 and 5. */
export interface ExpressRoute {
  readonly path: unknown
  _handlesMethod?(method: string): boolean
  _handles_method?(method: string): boolean
}

/** What a router tries one after the other: a route, or what was mounted with `use`. */
export interface ExpressLayer {
  readonly handle: unknown
  readonly route?: ExpressRoute | undefined
  /** Of router 2.3 and later: the path as it was given. */
  readonly rawPath?: unknown
  /** Where older ones leave what they matched. */
  readonly path?: string | undefined
  readonly params?: Readonly<Record<string, unknown>> | undefined
  match(path: string): unknown
}
