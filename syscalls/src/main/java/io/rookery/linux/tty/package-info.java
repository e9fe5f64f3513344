/** Terminals: pseudo terminals and the line discipline of termios(3). */
package io.rookery.linux.tty;
