import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/** CBOR (RFC 8949) of what an authenticator sends: small maps of numbers, texts and bytes. */
function encodeCbor(value: number | string | Buffer | Map<number | string, unknown>): Buffer {
  const head = (major: number, length: number) =>
    length < 24
      ? Buffer.from([(major << 5) | length])
      : length < 256
        ? Buffer.from([(major << 5) | 24, length])
        : Buffer.from([(major << 5) | 25, length >> 8, length & 0xff]);
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value);
  if (typeof value === 'string')
    return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value]);
  const entries = [...value].flatMap(([key, entry]) => [
    encodeCbor(key),
    encodeCbor(entry as Parameters<typeof encodeCbor>[0]),
  ]);
  return Buffer.concat([head(5, value.size), ...entries]);
}

const FLAGS = { present: 0x01, verified: 0x04, syncable: 0x08, synced: 0x10, attested: 0x40 };

/** What an authenticator says; a hostile one says something else than it should. */
type Claims = { origin: string; rpId: string; verified: boolean; counter: number; synced: boolean };

/** An authenticator in software, with one passkey. `claims` change what it says. */
export function createAuthenticator(claims: Partial<Claims> = {}) {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const id = randomBytes(32);
  const state: Claims = {
    origin: 'http://localhost:3000',
    rpId: 'localhost',
    verified: true,
    counter: 0,
    synced: true,
    ...claims,
  };
  const cose = new Map<number, unknown>([
    [1, 2],
    [3, -7],
    [-1, 1],
    [-2, Buffer.from(x, 'base64url')],
    [-3, Buffer.from(y, 'base64url')],
  ]);
  const buildData = (attested?: Buffer): Buffer => {
    const { present, verified, syncable, synced } = FLAGS;
    const flags =
      present |
      (state.verified ? verified : 0) |
      (state.synced ? syncable | synced : 0) |
      (attested ? FLAGS.attested : 0);
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(state.counter);
    const rpHash = createHash('sha256').update(state.rpId).digest();
    return Buffer.concat([rpHash, Buffer.from([flags]), counter, ...(attested ? [attested] : [])]);
  };
  const buildClientData = (type: string, challenge: string): Buffer =>
    Buffer.from(JSON.stringify({ type, challenge, origin: state.origin, crossOrigin: false }));
  const common = { id: id.toString('base64url'), rawId: id.toString('base64url'), type: 'public-key' };

  return {
    /** Changes what it says from now on. */
    claim: (change: Partial<Claims>) => Object.assign(state, change),
    create: ({ challenge }: { challenge: string }) => {
      const length = Buffer.from([0, id.length]);
      const authData = buildData(Buffer.concat([Buffer.alloc(16), length, id, encodeCbor(cose)]));
      const attestation = new Map<string, unknown>([
        ['fmt', 'none'],
        ['attStmt', new Map()],
        ['authData', authData],
      ]);
      return {
        ...common,
        clientExtensionResults: { credProps: { rk: true } },
        response: {
          clientDataJSON: buildClientData('webauthn.create', challenge).toString('base64url'),
          attestationObject: encodeCbor(attestation).toString('base64url'),
          transports: ['internal'],
        },
      };
    },
    get: ({ challenge }: { challenge: string }, userHandle?: string) => {
      const authData = buildData();
      const clientData = buildClientData('webauthn.get', challenge);
      const signed = Buffer.concat([authData, createHash('sha256').update(clientData).digest()]);
      return {
        ...common,
        clientExtensionResults: {},
        response: {
          clientDataJSON: clientData.toString('base64url'),
          authenticatorData: authData.toString('base64url'),
          signature: sign('sha256', signed, privateKey).toString('base64url'),
          ...(userHandle !== undefined && { userHandle }),
        },
      };
    },
  };
}
export type Authenticator = ReturnType<typeof createAuthenticator>;
