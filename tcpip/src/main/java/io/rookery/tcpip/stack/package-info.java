/** Puts the layers together. */
package io.rookery.tcpip.stack;
