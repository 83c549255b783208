import { createHash, randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'
import { Refusal } from '../domain/refusal.ts'
import { bounded } from './bounded.ts'

/** A secret that an operator chooses has at least this many characters (decisions.md 22). */
const SHORTEST_CHOSEN_SECRET = 24

const SECRET_BYTES = 32
const SALT_BYTES = 16
const SCRYPT = { N: 2 ** 14, r: 8, p: 1 } as const
/** Node refuses a scrypt that needs more; twice what the parameters above take (128 · N · r). */
const SCRYPT_MEMORY = 32 * 1024 * 1024
/** scrypt runs on libuv's four threads, which the store needs too. */
const inTurn = bounded(2, 200)

/** 256 random bits in base64url, after a prefix that says what the secret is for. */
export function newSecret(prefix = ''): string {
  return prefix + randomBytes(SECRET_BYTES).toString('base64url')
}

/** How a secret of 256 random bits (token, key, sign-in code) is kept: it cannot be guessed, so one SHA-256 will do. */
export function hashRandomSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url')
}

/**
 * How a client's secret is kept: `scrypt:N:r:p:salt:key`, salt and key in base64url.
 * @throws Refusal too.many.requests when too many secrets are being checked.
 */
export async function hashClientSecret(secret: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES)
  const key = await deriveKey(secret, salt, SECRET_BYTES, SCRYPT)
  return ['scrypt', SCRYPT.N, SCRYPT.r, SCRYPT.p, salt.toString('base64url'), key.toString('base64url')].join(':')
}

/**
 * True when this is the secret that was kept. Without a kept one (no such client, no secret yet) the answer is false
 * and takes as long, so that the time does not tell which clients there are.
 * @throws Refusal too.many.requests when too many secrets are being checked.
 */
export async function isClientSecret(secret: string, kept: string | undefined): Promise<boolean> {
  const { options, salt, key } = kept === undefined ? STAND_IN : parseHash(kept)
  const derived = await deriveKey(secret, salt, key.length, options)
  return timingSafeEqual(derived, key) && kept !== undefined
}

/** @throws Refusal invalid.value for a secret that is too short, or that HTTP Basic cannot carry unharmed. */
export function checkChosenSecret(secret: string): void {
  if (secret.length < SHORTEST_CHOSEN_SECRET) {
    throw new Refusal(
      'invalid.value',
      'The client secret has {length} characters; a secret that you choose needs at least {shortest}.',
      { length: String(secret.length), shortest: String(SHORTEST_CHOSEN_SECRET) },
    )
  }
  if (!/^[\x20-\x7e]+$/.test(secret)) {
    throw new Refusal('invalid.value', 'The client secret has characters other than printable ASCII ones.')
  }
}

const STAND_IN = { options: SCRYPT, salt: Buffer.alloc(SALT_BYTES), key: Buffer.alloc(SECRET_BYTES) }

function parseHash(kept: string): { options: ScryptOptions; salt: Buffer; key: Buffer } {
  const [algorithm, N, r, p, salt, key, ...rest] = kept.split(':')
  if (algorithm !== 'scrypt' || salt === undefined || key === undefined || rest.length > 0) {
    throw new Error('a client’s secret hash is not one of ours')
  }
  return {
    options: { N: Number(N), r: Number(r), p: Number(p) },
    salt: Buffer.from(salt, 'base64url'),
    key: Buffer.from(key, 'base64url'),
  }
}

function deriveKey(secret: string, salt: Buffer, length: number, options: ScryptOptions): Promise<Buffer> {
  return inTurn(
    () =>
      new Promise((resolve, reject) => {
        scrypt(secret, salt, length, { ...options, maxmem: SCRYPT_MEMORY }, (error, key) =>
          error === null ? resolve(key) : reject(error),
        )
      }),
  )
}
