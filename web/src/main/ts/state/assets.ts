// Addresses of the files that are loaded on demand; the build writes their hashed names into the page.

export function asset(name: 'worker' | 'terminal-css'): string {
  const found = document.querySelector<HTMLMetaElement>(`meta[name="asset-${name}"]`)?.content;
  if (!found) throw new Error(`index.html has no meta element asset-${name}`);
  return found;
}
