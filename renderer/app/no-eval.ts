import { z } from 'zod';

/** The content security policy forbids making functions from text, which zod would otherwise try for speed. Imported first. */
z.config({ jitless: true });
