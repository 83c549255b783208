/** Before the tests: what they open in a browser is what is in the working tree. */
export async function setup(): Promise<void> {
  await import('../../packages/dashboard/build.ts')
}
