import { type AgentReader, createAgentReader } from './policy.ts';

export type { Agent, AgentReader } from './policy.ts';

let reader: Promise<AgentReader> | undefined;

async function createReader(): Promise<AgentReader> {
  const [{ isbot }, { default: bowser }] = await Promise.all([import('isbot'), import('bowser')]);
  return createAgentReader({
    isbot,
    parse: (userAgent) => {
      const { browser, os, platform } = bowser.parse(userAgent);
      return { browser: browser.name, os: os.name, platform: platform.type };
    },
  });
}

/** Its packages take time to load, so it is made when it is first needed, for everyone. */
export const loadAgentReader = (): Promise<AgentReader> => (reader ??= createReader());
