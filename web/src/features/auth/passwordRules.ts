/** What the server asks of a password, each as people read it. */
export const passwordRules = [
  {
    text: '8 to 100 characters',
    isMet: (password: string) => [...password].length >= 8 && [...password].length <= 100,
  },
  { text: 'Upper-case letter', isMet: (password: string) => /\p{Uppercase}/u.test(password) },
  { text: 'Lower-case letter', isMet: (password: string) => /\p{Lowercase}/u.test(password) },
  { text: 'Digit', isMet: (password: string) => /\d/.test(password) },
];

export function isStrongEnough(password: string): boolean {
  return passwordRules.every((rule) => rule.isMet(password));
}
