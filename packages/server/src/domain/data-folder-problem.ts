/** The data on disk cannot be used as it is; the message says what to do. Never repaired or recreated in silence. */
export class DataFolderProblem extends Error {
  override readonly name = 'DataFolderProblem'
}
