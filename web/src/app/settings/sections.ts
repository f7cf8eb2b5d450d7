import { Bell, Eye, KeyRound, type LucideIcon, MonitorSmartphone, Palette, UserRound, UserRoundX } from 'lucide-react';

export type Section = { path: string; label: string; about: string; icon: LucideIcon };

/** The pages of the settings, in their order. */
export const sections = [
  { path: 'profile', label: 'Profile', about: 'Your name and picture', icon: UserRound },
  { path: 'privacy', label: 'Privacy', about: 'Read receipts, online status', icon: Eye },
  { path: 'notifications', label: 'Notifications', about: 'Pop-ups and sound', icon: Bell },
  { path: 'devices', label: 'Devices', about: 'Where you are logged in', icon: MonitorSmartphone },
  { path: 'password', label: 'Password', about: 'Choose a new one', icon: KeyRound },
  { path: 'appearance', label: 'Appearance', about: 'Light or dark', icon: Palette },
  { path: 'account', label: 'Account', about: 'Delete your account', icon: UserRoundX },
] as const satisfies Section[];

export type SectionPath = (typeof sections)[number]['path'];
