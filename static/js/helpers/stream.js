// @ts-check
/** Answers that are read while they come. */

/** @param {Response} response @returns {AsyncGenerator<string>} its text, piece by piece */
export async function* textOf(response) {
  const reader = /** @type {ReadableStream} */ (response.body).pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}
