/**
 * Most bytes that are built into one batch, less than every provider takes (OpenAI 200 MB, Anthropic 256 MB, Google 2 GB): the batch is held
 * in memory until it is sent.
 */
export const mostHeldBytes = 48 * 1024 * 1024;
