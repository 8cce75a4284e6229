import type { Config } from '@linkgrove/api/config';

const ACCOUNT = { email: 'ada@example.com', username: 'ada', password: 'correct-horse-battery' };

export function formatWelcome({ publicUrl, docs, production, smtpUrl }: Config): string {
  const lines = ['', `Linkgrove is running at ${publicUrl}`, ''];
  if (docs) lines.push(`  Reference   ${publicUrl}/docs`);
  if (!production && !smtpUrl) lines.push(`  Mail inbox  ${publicUrl}/dev/mail`);
  if (!production) {
    lines.push('', 'Try it:', '');
    lines.push(`  curl ${publicUrl}/api/register -H 'content-type: application/json' \\`);
    lines.push(`    -d '${JSON.stringify(ACCOUNT)}'`, '');
  }
  return [...lines, 'Ctrl-C stops everything.', ''].join('\n');
}
