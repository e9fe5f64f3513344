/** AF_PACKET: sockets that see and send packets as they pass the interfaces. */
package io.rookery.linux.net.packet;
