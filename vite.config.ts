import { resolve } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

const root = resolve(import.meta.dirname, 'renderer');
const server = process.env.CORDBOARD_SERVER ?? 'http://127.0.0.1:8080';

/** In development `/call` is the customer's page, as the real server has it. */
const callPage: Plugin = {
  name: 'call-page',
  configureServer(dev) {
    dev.middlewares.use((request, _response, next) => {
      if (request.url?.split('?')[0] === '/call') request.url = '/call.html';
      next();
    });
  },
};

export default defineConfig({
  root,
  base: '/',
  plugins: [react(), callPage],
  resolve: { alias: { '#shared': resolve(import.meta.dirname, 'shared') } },
  build: {
    outDir: resolve(import.meta.dirname, 'dist/renderer'),
    emptyOutDir: true,
    target: 'es2022',
    // Inlining small files would need `data:` sources in the content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 900,
    rollupOptions: { input: { desktop: resolve(root, 'index.html'), call: resolve(root, 'call.html') } },
  },
  server: {
    port: 5173,
    // The server compares Origin with Host: both stay those of the page.
    proxy: {
      '/api': { target: server, changeOrigin: false },
      '/socket': { target: server, changeOrigin: false, ws: true },
      '/sip': { target: server, changeOrigin: false, ws: true },
    },
  },
});
