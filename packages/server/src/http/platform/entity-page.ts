import { type Static, type TSchema, Type } from 'typebox'

const LARGEST_PAGE = 1000
/** Far past every page that there is, and its rows can still be counted. */
const LAST_PAGE = 2 ** 31 - 1

/** Which page of a list of entities is wanted. */
export const PageQuery = Type.Object({
  pageSize: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: LARGEST_PAGE,
      description: `Entities on a page; without one, or with 0, ${LARGEST_PAGE}: official SDKs have no way to turn pages`,
    }),
  ),
  pageNumber: Type.Optional(Type.Integer({ minimum: 0, maximum: LAST_PAGE, description: 'From 1 on' })),
})

export interface Page {
  readonly pageSize: number
  readonly pageNumber: number
  readonly offset: number
}

/** 0 is "not given": the Go SDK cannot leave a number out (wire.md §2). */
export function readPage(query: Static<typeof PageQuery>): Page {
  const pageSize = query.pageSize || LARGEST_PAGE
  const pageNumber = query.pageNumber || 1
  return { pageSize, pageNumber, offset: (pageNumber - 1) * pageSize }
}

const uri = () => Type.String({ description: 'Relative to the server' })

/** The platform's EntityListing of these. */
export function entityListing<Entity extends TSchema>(entity: Entity, title: string) {
  return Type.Object(
    {
      entities: Type.Array(entity),
      pageSize: Type.Integer(),
      pageNumber: Type.Integer(),
      total: Type.Integer(),
      firstUri: uri(),
      selfUri: uri(),
      nextUri: Type.Optional(uri()),
      previousUri: Type.Optional(uri()),
      lastUri: uri(),
      pageCount: Type.Integer(),
    },
    { title },
  )
}

/** One page of a list with its links; nextUri and previousUri only where there is such a page. */
export function presentPage<Entity>(path: string, { pageSize, pageNumber }: Page, entities: Entity[], total: number) {
  const pageCount = Math.ceil(total / pageSize)
  const last = Math.max(1, pageCount)
  const to = (number: number) => `${path}?pageSize=${pageSize}&pageNumber=${number}`
  return {
    entities,
    pageSize,
    pageNumber,
    total,
    firstUri: to(1),
    selfUri: to(pageNumber),
    ...(pageNumber < pageCount ? { nextUri: to(pageNumber + 1) } : {}),
    ...(pageNumber > 1 ? { previousUri: to(Math.min(pageNumber - 1, last)) } : {}),
    lastUri: to(last),
    pageCount,
  }
}
