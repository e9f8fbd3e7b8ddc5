"""数据交换: the city's data go up to the province and the nation, each record with a receipt. Others use `services.capture`."""
