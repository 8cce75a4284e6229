// The function through which orval's client sends: it knows the server and the access token.
export const session = { url: '', accessToken: '' };

export async function sendRequest<T>(path: string, options: RequestInit): Promise<T> {
  const headers = new Headers(options.headers);
  if (session.accessToken) headers.set('authorization', `Bearer ${session.accessToken}`);
  const response = await fetch(session.url + path, { ...options, headers });
  const text = await response.text();
  return { status: response.status, data: text && JSON.parse(text), headers: response.headers } as T;
}
