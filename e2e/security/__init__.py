"""What nobody may do, whatever they try: seen from outside the product."""
