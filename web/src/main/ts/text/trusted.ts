// The only place where strings become HTML or script addresses. The policy carries the name that the page's content
// security policy allows; DOMPurify is given it, so no second one is made.

import DOMPurify from 'dompurify';

/** HTML that went through the sanitiser; a TrustedHTML where the browser has them. */
export type SafeHtml = string & { readonly safe: unique symbol };

interface Policy {
  createHTML(html: string): string;
  createScriptURL(url: string): string;
}
interface TrustedTypes {
  createPolicy(name: string, rules: Policy): Policy;
}

const WORKER = /^\/assets\/highlight\.worker-[\w-]+\.js$/;

const policy: Policy | undefined = (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes?.createPolicy('dompurify', {
  createHTML: (html) => html,
  createScriptURL(url) {
    if (!WORKER.test(url)) throw new TypeError(`Not a script of this page: ${url}`);
    return url;
  },
});

const TAGS = [
  ...['a', 'b', 'blockquote', 'br', 'button', 'code', 'dd', 'del', 'details', 'div', 'dl', 'dt', 'em', 'h2', 'h3', 'h4'],
  ...['h5', 'h6', 'hr', 'i', 'img', 'input', 'ins', 'kbd', 'li', 'mark', 'ol', 'p', 'pre', 's', 'span', 'strong', 'sub'],
  ...['summary', 'sup', 'table', 'tbody', 'td', 'th', 'thead', 'tr', 'ul'],
];
/** Attributes whose values are no addresses. */
const PLAIN = ['align', 'aria-label', 'checked', 'data-copy', 'disabled', 'open', 'rel', 'start', 'tabindex', 'target', 'type'];

const purify = DOMPurify(window as never);
purify.setConfig({
  ALLOWED_TAGS: TAGS,
  ALLOWED_ATTR: [...PLAIN, 'alt', 'class', 'href', 'role', 'src', 'title'],
  ADD_URI_SAFE_ATTR: PLAIN,
  ALLOW_DATA_ATTR: false,
  ALLOWED_URI_REGEXP: /^(?:https?:|mailto:|data:image\/(?:png|jpeg|gif|webp);base64,|\/|#)/i,
  RETURN_TRUSTED_TYPE: true,
  ...(policy ? { TRUSTED_TYPES_POLICY: policy as never } : {}),
});
purify.addHook('afterSanitizeAttributes', (node) => {
  if (node.tagName === 'A') {
    node.setAttribute('target', '_blank');
    node.setAttribute('rel', 'noopener noreferrer');
    // data: is for images only.
    if (/^data:/i.test(node.getAttribute('href') ?? '')) node.removeAttribute('href');
  } else if (node.tagName === 'IMG' && !/^data:image\//i.test(node.getAttribute('src') ?? '')) {
    // A remote image tells its host who reads what.
    node.removeAttribute('src');
  } else if (node.tagName === 'INPUT') {
    if (node.getAttribute('type') === 'checkbox') node.setAttribute('disabled', '');
    else node.remove();
  } else if (node.tagName === 'BUTTON' && !node.hasAttribute('data-copy')) {
    node.remove();
  }
});

export function sanitize(html: string): SafeHtml {
  return purify.sanitize(html) as unknown as SafeHtml;
}

export function workerUrl(url: string): string {
  return policy ? policy.createScriptURL(url) : url;
}
