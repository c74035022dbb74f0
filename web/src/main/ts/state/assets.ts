// Addresses of the files that are loaded on demand; the build writes their hashed names into the page.

export function asset(name: 'worker' | 'terminal-css' | 'later-css'): string {
  const found = document.querySelector<HTMLMetaElement>(`meta[name="asset-${name}"]`)?.content;
  if (!found) throw new Error(`index.html has no meta element asset-${name}`);
  return found;
}

let later: Promise<void> | null = null;

/** Has the style of what comes with scripts of its own, once, whoever asks first. Fails where it cannot be read. */
export function laterStyle(): Promise<void> {
  later ??= new Promise<void>((done, failed) => {
    const link = document.createElement('link');
    link.rel = 'stylesheet';
    link.href = asset('later-css');
    link.onload = () => done();
    link.onerror = () => {
      link.remove();
      later = null;
      failed(new Error(`${link.href} cannot be read`));
    };
    document.head.append(link);
  });
  return later;
}
