/**
 * Blocks of translated code, the interpreter that runs them, and the dispatcher between it and
 * compiled units.
 */
package io.rookery.cpu.engine;
