export type Endpoints = { authorization: string; token: string; user: string; emails?: string | undefined };

export type Preset = {
  name: string;
  protocol: 'oidc' | 'github' | 'discord';
  issuer: string;
  scopes: string;
  responseMode?: 'form_post';
  endpoints?: Endpoints | undefined;
  /** The claim that says that the provider has verified the address. */
  addressProof?: 'email_verified' | 'xms_edov';
};

export const PRESETS = {
  google: {
    name: 'Google',
    protocol: 'oidc',
    issuer: 'https://accounts.google.com',
    scopes: 'openid email profile',
  },
  microsoft: {
    name: 'Microsoft',
    protocol: 'oidc',
    issuer: 'https://login.microsoftonline.com/common/v2.0',
    scopes: 'openid email profile',
    // Tenants put any address into `email`; only this optional claim says that its domain is theirs.
    addressProof: 'xms_edov',
  },
  apple: {
    name: 'Apple',
    protocol: 'oidc',
    issuer: 'https://appleid.apple.com',
    scopes: 'openid email name',
    // Apple insists on it where a scope is asked for.
    responseMode: 'form_post',
  },
  github: {
    name: 'GitHub',
    protocol: 'github',
    issuer: 'https://github.com/login/oauth',
    scopes: 'read:user user:email',
    endpoints: {
      authorization: 'https://github.com/login/oauth/authorize',
      token: 'https://github.com/login/oauth/access_token',
      user: 'https://api.github.com/user',
      emails: 'https://api.github.com/user/emails',
    },
  },
  discord: {
    name: 'Discord',
    protocol: 'discord',
    issuer: 'https://discord.com',
    scopes: 'identify email',
    endpoints: {
      authorization: 'https://discord.com/oauth2/authorize',
      token: 'https://discord.com/api/oauth2/token',
      user: 'https://discord.com/api/users/@me',
    },
  },
} as const satisfies Record<string, Preset>;
