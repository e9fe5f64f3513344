/**
 * AF_NETLINK: the parts of rtnetlink(7) that tell about interfaces, addresses and routes, and
 * sock_diag(7).
 */
package io.rookery.linux.net.netlink;
