/** AF_NETLINK: the part of rtnetlink(7) that tells about interfaces, addresses and routes. */
package io.rookery.linux.net.netlink;
