import type { UsageDimension } from '@routemeter/client'
import type { FilterDimension, PageName } from '../view.ts'

/** One way of taking apart what is counted. */
export interface BreakdownKind {
  readonly groupBy: readonly UsageDimension[]
  /** What a click filters by, and the page that it leads to. */
  readonly filter: FilterDimension
  readonly leadsTo: PageName
  readonly noun: string
}
