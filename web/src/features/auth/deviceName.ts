export type Device = {
  /** "Firefox on Windows" */
  name: string;
  kind: 'computer' | 'phone' | 'tablet' | 'program';
};

/** The first that fits: most browsers also claim to be those that stand below them here. */
const browsers: [RegExp, string][] = [
  [/\bEdg(e|A|iOS)?\//, 'Edge'],
  [/\b(OPR|OPT|Opera)\b/, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\bVivaldi\//, 'Vivaldi'],
  [/\bYaBrowser\//, 'Yandex Browser'],
  [/\bDuckDuckGo\//, 'DuckDuckGo'],
  [/\b(Firefox|FxiOS)\//, 'Firefox'],
  [/\b(Headless)?(Chrome|Chromium|CriOS)\//, 'Chrome'],
  [/\bVersion\/\S+ .*\bSafari\//, 'Safari'],
];

const systems: [RegExp, string, Device['kind']][] = [
  [/\biPhone|\biPod/, 'iPhone', 'phone'],
  [/\biPad/, 'iPad', 'tablet'],
  [/\bAndroid\b.*\bMobile\b/, 'Android', 'phone'],
  [/\bAndroid\b/, 'Android', 'tablet'],
  [/\bCrOS\b/, 'ChromeOS', 'computer'],
  [/\bWindows\b/, 'Windows', 'computer'],
  [/\bMacintosh\b|\bMac OS X\b/, 'macOS', 'computer'],
  [/\bLinux\b|\bX11\b/, 'Linux', 'computer'],
];

/** What to call a device, from what its browser called itself. That is a claim: good enough to recognise one's own. */
export function describeDevice(userAgent: string | null): Device {
  const claim = userAgent?.trim() ?? '';
  const browser = browsers.find(([pattern]) => pattern.test(claim))?.[1];
  const [, system, kind] = systems.find(([pattern]) => pattern.test(claim)) ?? [];
  if (browser && system && kind) return { name: `${browser} on ${system}`, kind };
  if (system && kind) return { name: system, kind };
  if (browser) return { name: browser, kind: 'computer' };
  // A program that is no browser begins with its own name, like "curl/8.5.0".
  const program = claim.match(/^([\w.-]{1,40})(\/|$)/)?.[1];
  return { name: program && program !== 'Mozilla' ? program : 'Unknown device', kind: 'program' };
}
