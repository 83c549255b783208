import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import { beginsLike, headFingerprint, identityOf, isLine, LINE_BYTES } from './fingerprint.ts'
import { isSamePlace, OpenedFile, type Place, wholeFileOf } from './opened-file.ts'
import type { KnownFile, StateFolder } from './state-folder.ts'

/**
 * Which of the known files this is, or a new one. It is the one that lay here, if it still begins and goes on as that
 * did; or, elsewhere, the one whose content this is, if that is compressed, or no longer where it was: after a rename,
 * gzip or copytruncate (sources.md, "Decided"). Two files that are alike and both there are two.
 */
export async function recognized(state: StateFolder, file: OpenedFile): Promise<KnownFile> {
  const head = await file.head()
  const isPlain = (await file.wrapping()) === 'plain'
  const place = { ...file.place, isPlain }
  const alike = state.files.toReversed().filter((known) => beginsLike(head, known.head))
  for (const known of alike.filter(({ places }) => isAmong(file.place, places))) {
    if (await goesOnLike(state, known, file)) return noted(state, { ...known, path: pathOf(known, file) })
  }
  for (const known of alike.filter(({ places }) => !isAmong(file.place, places))) {
    const couldBe = !isPlain || !(await isStillThere(state, known))
    if (couldBe && (await goesOnLike(state, known, file))) {
      return noted(state, { ...known, places: [...known.places, place] })
    }
  }
  return noted(state, {
    id: unusedIdentity(state, file.place, head),
    path: file.path,
    places: [place],
    head: headFingerprint(head),
    isLeft: false,
  })
}

/**
 * What had this name before, but for the one with the id `current`, and was not read to its end: what a rotation renamed, or copied and emptied. Each with the
 * file in the same folder that has its content now, if there is one.
 */
export async function predecessorsOf(
  state: StateFolder,
  path: string,
  current: string | undefined,
): Promise<readonly { readonly known: KnownFile; readonly file: OpenedFile | undefined }[]> {
  const wanted = state.files.filter((known) => known.path === path && !known.isLeft && known.id !== current)
  if (wanted.length === 0) return []
  const found = new Map<string, OpenedFile>()
  for (const candidate of await rotatedNames(path)) {
    const file = await OpenedFile.open(candidate).catch(() => undefined)
    if (file === undefined) continue
    const known = (await isOneOf(state, file, wanted)) ? await recognized(state, file) : undefined
    const isWanted = known !== undefined && wanted.some(({ id }) => id === known.id) && !found.has(known.id)
    if (isWanted) found.set(known.id, file)
    else await file[Symbol.asyncDispose]()
  }
  return wanted.map((known) => ({ known, file: found.get(known.id) }))
}

/** Looked at before `recognized`, which takes what it does not know for new. */
async function isOneOf(state: StateFolder, file: OpenedFile, wanted: readonly KnownFile[]): Promise<boolean> {
  const head = await file.head()
  for (const known of wanted) {
    if (beginsLike(head, known.head) && (await goesOnLike(state, known, file))) return true
  }
  return false
}

/** `access.log.1`, `access.log-20261124.gz`, `access-20261124.log`: plain ones first. */
async function rotatedNames(path: string): Promise<readonly string[]> {
  const [folder, name] = [dirname(path), basename(path)]
  const stem = basename(name, extname(name))
  const names = await readdir(folder).catch(() => [])
  const rotated = names.filter((each) => each.startsWith(stem) && each !== name && !each.endsWith('.rejected'))
  const isCompressed = (each: string) => Number(/\.(gz|zst)$/.test(each))
  return rotated.sort((a, b) => isCompressed(a) - isCompressed(b)).map((each) => join(folder, each))
}

/** Whether the content goes as far as that was read, and the last line that was read stands there. */
async function goesOnLike(state: StateFolder, known: KnownFile, file: OpenedFile): Promise<boolean> {
  const { position, lastLine, wholeFile } = state.furthestOf(known.id)
  if (lastLine === undefined || wholeFile === (await wholeFileOf(file))) return true
  const bytes = await file.bytes(lastLine.position, Math.min(LINE_BYTES, position - lastLine.position))
  return isLine(bytes, lastLine) && (await file.bytes(position - 1, 1)).length === 1
}

/** Whether a plain file still has the content where it was seen, whatever its name is now. */
async function isStillThere(state: StateFolder, known: KnownFile): Promise<boolean> {
  const places = known.places.filter(({ isPlain }) => isPlain)
  for (const path of await pathsAt(places, known.path)) {
    const file = await OpenedFile.open(path).catch(() => undefined)
    if (file === undefined) continue
    await using opened = file
    if (beginsLike(await opened.head(), known.head) && (await goesOnLike(state, known, opened))) return true
  }
  return false
}

/** The files in a folder that lie in one of these places; the last name first. */
async function pathsAt(places: readonly Place[], path: string): Promise<readonly string[]> {
  const isThere = async (candidate: string) => {
    const found = await stat(candidate, { bigint: true }).catch(() => undefined)
    return found !== undefined && isAmong({ device: String(found.dev), inode: String(found.ino) }, places)
  }
  if (await isThere(path)) return [path]
  const names = await readdir(dirname(path)).catch(() => [])
  const there: string[] = []
  for (const name of names) {
    if (await isThere(join(dirname(path), name))) there.push(join(dirname(path), name))
  }
  return there
}

function isAmong(place: Place, places: readonly Place[]): boolean {
  return places.some((each) => isSamePlace(each, place))
}

/** One that is left behind keeps the name by which it was followed only until it is found under another. */
function pathOf(known: KnownFile, file: OpenedFile): string {
  return known.isLeft ? file.path : known.path
}

function unusedIdentity(state: StateFolder, place: Place, head: Buffer): string {
  const used = new Set(state.files.map(({ id }) => id))
  for (let generation = 0; ; generation++) {
    const id = identityOf(place, head, generation)
    if (!used.has(id)) return id
  }
}

function noted(state: StateFolder, known: KnownFile): KnownFile {
  const before = state.files.find(({ id }) => id === known.id)
  if (JSON.stringify(before) !== JSON.stringify(known)) state.saveFile(known)
  return known
}
