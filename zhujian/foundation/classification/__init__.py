"""Classes of city components and events (部件事件分类): schemes, their editions, cities' own classes, and how codes map."""
