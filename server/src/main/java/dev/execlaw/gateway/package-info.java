/**
 * The model API offered to guests: providers, by-reference messages, and the events read from the traffic.
 *
 * <p>A guest's request comes in at {@link dev.execlaw.gateway.JettyGateway}'s socket of its session, is read as a {@code
 * ChatRequest}, and becomes a {@code Call}, which makes up to three {@code Attempt}s with the {@code Provider} of the
 * session's route. Every provider answers in OpenAI's streaming wire format; {@code AnswerFold} reads it into events while
 * the bytes go on to the guest unchanged. From the first tool call on, and from the end of the answer, the guest's bytes
 * are held until the answer is whole, so that an answer that breaks off or is interrupted never leaves half a command.
 *
 * <p>{@code OpenAiCompatible} and {@code OpenRouter} pass on nearly what they get; {@code Anthropic} translates: {@code
 * AnthropicRequest} and {@code AnthropicTurns} there, {@code AnthropicStream} and {@code AnthropicAnswer} back, {@code
 * ThinkingMemory} between two calls. {@code HttpCall} is the way to a provider for all of them. Public for others: {@link
 * dev.execlaw.gateway.ModelCatalog}, which models there are and what they cost.
 *
 * <p>Only the user's turn is told in full; see {@code ChatRequest} for what belongs to it. Nothing here knows of machines,
 * transcripts or users.
 */
@NullMarked
package dev.execlaw.gateway;

import org.jspecify.annotations.NullMarked;
