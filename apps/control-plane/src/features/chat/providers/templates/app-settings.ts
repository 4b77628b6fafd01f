import * as z from 'zod';

export const ACCENTS = [
  'terracotta',
  'forest',
  'ocean',
  'plum',
  'rose',
  'amber',
  'graphite',
  'crimson',
  'teal',
] as const;
export type Accent = (typeof ACCENTS)[number];

const SectionSchema = z.looseObject({ heading: z.string(), text: z.string().default('') });

/** AppSettingsSchema is `app.json` of an app made from a template: all that can be changed without a model. */
export const AppSettingsSchema = z.looseObject({
  template: z.string(),
  title: z.string().min(1),
  tagline: z.string(),
  /** An emoji; without one the first letter of the title is shown. */
  icon: z.string(),
  accent: z.string(),
  theme: z.enum(['auto', 'light', 'dark']),
  sections: z.array(SectionSchema).default([]),
  fields: z.array(z.object({ name: z.string(), label: z.string() })).optional(),
  question: z.string().optional(),
  options: z.array(z.string()).optional(),
  places: z.number().int().min(1).optional(),
});
export type AppSettings = z.infer<typeof AppSettingsSchema>;

export function printSettings(settings: AppSettings): string {
  return `${JSON.stringify(settings, null, 2)}\n`;
}
