import { findFreePort } from '@linkgrove/api/testing';
import dns2, { Packet } from 'dns2';

type Zone = Record<string, { A?: string[]; AAAA?: string[]; TXT?: string[]; CNAME?: string }>;

/** A DNS server on this machine that knows `zone` and nothing else. */
export type TestDns = {
  /** For `DNS_SERVERS`. */
  address: string;
  zone: Zone;
  /** No longer answers as DNS does: every question fails. */
  isBroken: boolean;
  close: () => Promise<void>;
};

const NAMES = new Map<number, string>([
  [Packet.TYPE.A, 'A'],
  [Packet.TYPE.AAAA, 'AAAA'],
  [Packet.TYPE.TXT, 'TXT'],
]);

function listAnswers(zone: Zone, name: string, type: number): InstanceType<typeof Packet.Resource>[] {
  const entry = zone[name.toLowerCase()];
  const common = { name, class: Packet.CLASS.IN, ttl: 1 };
  if (entry?.CNAME !== undefined)
    return [
      new Packet.Resource({ ...common, type: Packet.TYPE.CNAME, domain: entry.CNAME }),
      ...listAnswers(zone, entry.CNAME, type),
    ];
  const kind = NAMES.get(type);
  if (kind === 'TXT') return (entry?.TXT ?? []).map((data) => new Packet.Resource({ ...common, type, data }));
  const values = kind === 'A' ? entry?.A : kind === 'AAAA' ? entry?.AAAA : [];
  return (values ?? []).map((address) => new Packet.Resource({ ...common, type, address }));
}

export async function startDns(): Promise<TestDns> {
  const state = { zone: {} as Zone, isBroken: false };
  const server = dns2.createServer({
    udp: true,
    tcp: true,
    handle: (request, send) => {
      const response = Packet.createResponseFromRequest(request);
      for (const { name, type } of request.questions) {
        if (state.isBroken) response.header.rcode = Packet.RCODE.SERVFAIL;
        else response.answers.push(...listAnswers(state.zone, name, type ?? Packet.TYPE.A));
      }
      void send(response);
    },
  });
  const port = await findFreePort();
  const listener = { port, address: '127.0.0.1' };
  await server.listen({ udp: listener, tcp: listener });
  return Object.assign(state, {
    address: `127.0.0.1:${port}`,
    close: () => server.close(),
  });
}
