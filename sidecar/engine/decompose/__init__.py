"""Which classes belong together: Louvain communities of the conflict graph."""

from .louvain import Clustering, Clusters, find_clusters, one_cluster

__all__ = ["Clustering", "Clusters", "find_clusters", "one_cluster"]
